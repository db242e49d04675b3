"""What a sweep may tell of each point besides what is measured by layer; one file each."""
