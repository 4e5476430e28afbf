"""Folders of the asset tree."""
