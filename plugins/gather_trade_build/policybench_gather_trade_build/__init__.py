"""Gather-Trade-Build: four agents of unequal skill gather, trade and build, under a tax on their income."""
