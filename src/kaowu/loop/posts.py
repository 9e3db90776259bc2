"""Groups of posts (岗位) that duties name together."""

IN_ROOM = ("chief_invigilator", "assistant_invigilator")
AT_SITE_OFFICE = ("site_chief", "deputy_site_chief", "vault_keeper")
AT_SITE = (*IN_ROOM, *AT_SITE_OFFICE, "screener", "roving_invigilator")
AT_SITE_HEAD = ("site_chief", "deputy_site_chief")
IN_OFFICE = ("city_officer", "county_officer")
SCORING = (*IN_OFFICE, "score_clerk")
