"""The devices that everyone needs, registered through the same hooks as any plugin's."""
