"""Two test processes at once never write into one data folder."""

import os

from django.conf import settings


def test_a_test_process_has_a_data_folder_of_its_own():
    assert str(settings.DATA.root) == os.environ["KAOWU_DATA"]
