"""Devices as pages: the list, one device with its time line, labels, requests and exceptions."""
