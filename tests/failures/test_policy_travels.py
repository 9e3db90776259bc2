"""A witness policy set at the city reaches a site inside its plan package, and the site proves by it."""

from tests.failures.two_nodes import EXAM, SITE, city, site

from kaowu.basics.suites import deployed
from kaowu.edge.notebook import Notebook

LOG = """
import json, django; django.setup()
from kaowu.web.works.witnessing import origin, verifying_key
print(json.dumps([origin(), verifying_key().to_text()]))
"""


def test_a_site_proves_by_the_policy_that_came_with_its_package(tmp_path):
    witness = Notebook.make(tmp_path / "witness", "jijian", deployed())
    text = f"witness jijian {witness.key.to_text()}\nquorum jijian\n"
    (tmp_path / "policy.txt").write_text(text)
    above = city(tmp_path / "city")
    above.kaowu("node", "policy", str(tmp_path / "policy.txt"))
    with above.running():
        below = site(tmp_path / "site", above)
        above.kaowu("node", "package", SITE, "--exam", EXAM, "--out", str(tmp_path / "site.kwp"))
        below.kaowu("node", "take", str(tmp_path / "site.kwp"))
    assert below.kaowu("node", "policy") == {
        "policy": text,
        "settled": 0,
        "witnesses": [{"name": "jijian", "url": "", "size": 0, "cosigned_at": 0, "trouble": ""}],
    }
    origin, key = below.python(LOG)
    below.kaowu("witness", "admit", str(tmp_path / "witness"), origin, key)
    slip = below.kaowu("node", "witness-out", "jijian", "--out", str(tmp_path))
    below.kaowu("witness", "sign", str(tmp_path / "witness"), slip["file"], "--out", str(tmp_path / "signed"))
    below.kaowu("node", "witness-in", "jijian", str(tmp_path / "signed"))
    assert below.kaowu("node", "policy")["settled"] == slip["size"]
    proof, published = tmp_path / "fact.tlog-proof", tmp_path / "published.txt"
    below.kaowu("prove", "0", "--out", str(proof), "--policy", str(published))
    below.kaowu("verify-proof", str(proof), "--policy", str(published))
