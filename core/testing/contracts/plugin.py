"""placeholder"""
class PluginContract:
    pass
