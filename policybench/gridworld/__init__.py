"""What grid-world games share: maps, movement, views, the PettingZoo interface and drawing."""
