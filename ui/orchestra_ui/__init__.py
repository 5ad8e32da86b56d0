"""The screens: one NiceGUI page application over the services."""
