"""What is remarked about data: flags on readings, and what a careful colleague would see before training."""
