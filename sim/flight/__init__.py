"""How the quadcopter flies, where its gimbal points, and what it believes about both."""
