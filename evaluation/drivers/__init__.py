"""Drivers that bound the scale: one file each, found by its name.

A driver is a Policy that is made without arguments and says in `looks` whether it needs images.
"""
