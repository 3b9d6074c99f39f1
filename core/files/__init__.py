"""Attachments and other files on records: where their bytes are stored, who may have them, under which headers they leave."""
