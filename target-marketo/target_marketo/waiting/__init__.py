"""Rows that wait, and the parents for whom they wait."""
