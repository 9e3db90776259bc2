"""Faults of chains and signatures in words, wherever they are found: at the counter, above, in an archive."""

from kaowu.basics.errors import Sentence

SIGNATURE_FAULTS: dict[str, Sentence] = {
    "device_gap": Sentence(
        "该设备的序号有缺口，缺少记录", "the device's sequence has a gap: facts are missing"
    ),
    "device_fork": Sentence("该设备的序号重复或倒退", "the device's sequence repeats or goes back"),
    "device_chain_broken": Sentence(
        "该设备的哈希链断开：前一条记录不同或已改动",
        "the device's hash chain is broken: its previous entry is another or was changed",
    ),
    "signature_false": Sentence("设备签名不成立", "the signature of the device does not hold"),
    "proof_malformed": Sentence("签名部分不合格式", "what should sign it does not have the form it should"),
    "unsigned": Sentence("没有设备签名", "no device signed it"),
    "run_too_long": Sentence(
        "一个签名覆盖的记录超过 128 条", "one signature would cover more than 128 facts"
    ),
    "run_overlaps": Sentence(
        "其中有的已收，有的未收，签名须只覆盖未收的",
        "some of it is held already: sign what is not held alone",
    ),
    "device_unknown": Sentence("该设备未登记", "the device is not enrolled"),
    "device_must_sign": Sentence(
        "该设备有自己的密钥，须由它签名", "the device has a key of its own and must sign itself"
    ),
    "device_revoked": Sentence(
        "该设备已停用，之后的记录不算数", "the device was revoked; what it wrote later does not count"
    ),
    "device_of_other_exam": Sentence(
        "该设备是为另一场考试登记的", "the device was enrolled for another exam"
    ),
    "device_enrolled_twice": Sentence(
        "该设备名已用过，不能再登记", "the device's name was used before and cannot be enrolled again"
    ),
    "enrolment_malformed": Sentence(
        "设备登记不合格式", "the enrolment of a device does not have the form it should"
    ),
    "office_uncertified": Sentence(
        "节点的签名密钥没有流水密钥的证书", "the office key is not certified by the log's key"
    ),
    "not_signed_alone": Sentence(
        "双人签认的记录须单独签名", "an act of two persons must be signed by itself"
    ),
    "attestation_missing": Sentence("缺少一人的签认", "the signature of one of the persons is missing"),
    "attestation_false": Sentence("签认的签名不成立", "the attestation of a person does not hold"),
    "person_must_sign": Sentence(
        "签认人有本人密钥，须用本人密钥签认",
        "a signer holds a key of their own and must sign with it",
    ),
    "person_key_unknown": Sentence("签认所用的本人密钥没有登记", "the person's key is not enrolled"),
    "person_key_revoked": Sentence(
        "签认所用的本人密钥已停用，之后的签认不算数",
        "the person's key was revoked; what it signed later does not count",
    ),
    "person_key_of_another": Sentence(
        "密钥不是签认人本人的，或是为另一场考试登记的",
        "the key is not the signer's own, or was enrolled for another exam",
    ),
    "person_signature_false": Sentence(
        "本人密钥的签名不成立：内容已改动，或不是此密钥所签",
        "the signature of the person's key does not hold: other content, or another key",
    ),
    "person_key_malformed": Sentence(
        "本人密钥的登记不合格式", "the enrolment of a person's key does not have the form it should"
    ),
    "person_key_enrolled_twice": Sentence(
        "这个密钥名已用过，不能再登记", "the key's name was used before and cannot be enrolled again"
    ),
    "person_key_unproven": Sentence(
        "登记人没有证明持有该密钥", "nobody has shown to hold the key that was enrolled"
    ),
    "persons_not_distinct": Sentence("两人为同一账号", "the two persons are one account"),
    "credentials_not_distinct": Sentence("两人用了同一凭证", "both signed with one credential"),
    "signatures_apart": Sentence(
        "两人签认相隔超过规定时间", "the two signatures lie further apart than the rules allow"
    ),
    "post_not_entitled": Sentence("签认人的岗位没有这项职责", "the post of a signer does not have this duty"),
    "second_person_missing": Sentence("须两人签认，只有一人", "two persons must sign, there is one"),
}
