"""Authoring: complete packages of new plugins, made from templates."""
