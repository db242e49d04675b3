"""Pictures of charts: axes, curves, heatmaps and histograms as rows of text."""
