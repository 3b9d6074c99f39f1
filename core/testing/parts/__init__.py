"""Real servers for tests, brought by the test dependencies and started when the first test asks for them.

Each part is one file: how to start it, and the fixture that hands it to a test. None needs root, a container or a download.
"""
