"""What is filed: raids, observations, sites, and the data model they are written in."""
