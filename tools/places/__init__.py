"""Where a name lies: cities, regions, countries and Chinese divisions, in Chinese and English. Knows no network."""
