"""Names of persons: one written form, and what cannot be a name."""

import pytest

from kaowu.basics.names import mask_name, mask_phone, read_name, unified_ideographs


@pytest.mark.parametrize(
    ("raw", "name", "notes"),
    [
        ("张三", "张三", ()),
        (" 张　三\u200b", "张三", ()),
        ("阿依古丽·买买提", "阿依古丽·买买提", ()),
        ("阿依古丽 • 买买提", "阿依古丽·买买提", ("name_dot_normalised",)),
        *[
            (f"阿{dot}买", "阿·买", ("name_dot_normalised",))
            for dot in "\u2022\u30fb\uff65\u2027\u0387\u2219\u22c5.．"
        ],
        ("杨明⽉", "杨明月", ("name_radical_normalised",)),
        ("⽜𫍯", "牛𫍯", ("name_radical_normalised", "name_rare_character")),
        ("\uf9b5子", "例子", ("name_radical_normalised",)),
        ("王𬎆", "王𬎆", ("name_rare_character",)),
        ("张㛃", "张㛃", ("name_rare_character",)),
        ("丁〇", "丁〇", ("name_rare_character",)),
        ("龴龴", "龴龴", ("name_rare_character",)),  # U+9FB4, beyond U+9FA5
    ],
)
def test_a_name_is_brought_to_its_one_form(raw: str, name: str, notes: tuple[str, ...]) -> None:
    read = read_name(raw)
    assert (read.name, read.faults, read.notes) == (name, (), notes)


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("赵?", "name_lost_character"),
        ("赵？", "name_lost_character"),
        ("杨□", "name_lost_character"),
        ("董\ufffd", "name_lost_character"),
        ("王\ue001", "name_private_use"),
        ("程若玉1", "name_invalid_character"),
        ("WangWei", "name_invalid_character"),
        ("朱哲恩2班", "name_invalid_character"),
        ("李四（复读）", "name_invalid_character"),
        ("·张三", "name_invalid_character"),
        ("张三*", "name_invalid_character"),
    ],
)
def test_what_is_no_name_is_said_to_be_none(raw: str, fault: str) -> None:
    assert read_name(raw).faults == (fault,)


def test_all_faults_of_a_name_are_named() -> None:
    assert read_name("王\ue001?3").faults == (
        "name_lost_character",
        "name_private_use",
        "name_invalid_character",
    )


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (" NGUYEN  THI HOA ", "NGUYEN THI HOA"),
        ("Anne-Marie O'Neil", "Anne-Marie O'Neil"),
        ("ＫＩＭ", "KIM"),
        ("José", "José"),
    ],
)
def test_latin_names_are_names_on_a_passport_only(raw: str, name: str) -> None:
    assert read_name(raw, latin_allowed=True).name == name
    assert read_name(raw, latin_allowed=True).is_name
    assert not read_name(raw).is_name


def test_every_kangxi_radical_has_an_ordinary_character() -> None:
    table = unified_ideographs()
    assert all(code in table for code in range(0x2F00, 0x2FD6))
    assert table[0x2F00] == "一"


def test_names_and_telephones_are_masked() -> None:
    assert mask_name("欧阳娜") == "欧○○"
    assert mask_name("\U000208c6一") == "\U000208c6○"
    assert mask_phone("13812340000") == "138****0000"
