"""登记与停用设备: keys of terminals, for one exam, by one-time codes and by an officer's word."""

from typing import Any

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import KeyUnreadable, VerifyingKey, deployed
from kaowu.facts.devices import DeviceEnrolled, DeviceRevoked
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_HEAD, IN_OFFICE


@duty(
    zh="登记设备",
    en="Enrol a device",
    records=DeviceEnrolled,
    posts=(*IN_OFFICE, *AT_SITE_HEAD),
    may_be_refused=True,
)
def enrol_device(plan: Any, fact: DeviceEnrolled, act: Act) -> DeviceEnrolled:
    """The officer who made the code answers for the device; its key is of a kind that counts here."""
    try:
        key = VerifyingKey.from_text(fact.key)
    except KeyUnreadable as error:
        raise _unfit(str(error)) from error
    if key.kind not in deployed().kinds or key.is_cosigner or key.name != fact.device:
        raise _unfit("of another kind, or under another name")
    return fact


@duty(
    zh="停用设备",
    en="Revoke a device",
    records=DeviceRevoked,
    posts=(*IN_OFFICE, *AT_SITE_HEAD),
    may_be_refused=True,
)
def revoke_device(plan: Any, fact: DeviceRevoked, act: Act) -> DeviceRevoked:
    """Lost, broken or no longer trusted: its key signs nothing any more."""
    return fact


def _unfit(why: str) -> Refused:
    return Refused(
        "device_key_unfit",
        Sentence("不能登记：设备的公钥不合用。", f"Cannot enrol: the device's key is unfit ({why})."),
        remedy=Sentence("请按本部署的密码套件生成密钥。", "Make a key of this deployment's suite."),
    )
