"""The demonstration: a seeded exam day, played into the product through its public doors."""
