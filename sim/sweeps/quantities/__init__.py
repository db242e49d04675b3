"""Quantities of a sweep's points besides those measured by layer; one file each."""
