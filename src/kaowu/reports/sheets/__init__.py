"""Answer sheets (答题卡): what a sheet shall hold, its pages, and the print of them."""
