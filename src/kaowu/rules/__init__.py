"""May it be so? Regulations as data (packs, profiles, scripts, checklists) and checks that cite them."""
