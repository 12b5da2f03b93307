"""What a conversation is: pure logic without event loop, socket or terminal."""
