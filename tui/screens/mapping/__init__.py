"""The screen of a map: two keys of the scenario, swept while one looks."""
