"""The engine without the screen: for pipes, scripts and services."""
