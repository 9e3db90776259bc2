"""Devices with a key of their own (设备): enrolled for one exam and one site, revoked at a place of the journal."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import identifier, text
from kaowu.facts.subjects import Subject


@fact(
    zh="设备登记",
    en="Device enrolled",
    about=Subject.REGISTER,
    line_zh="设备 {device} 登记，用于考点 {site}",
    line_en="Device {device} enrolled for site {site}",
)
class DeviceEnrolled(Fact):
    """A device showed its one-time code and its key; from here on it signs what it hands in."""

    device: str = identifier(zh="设备", en="Device")
    site: str = identifier(zh="考点", en="Site", longest=20)
    key: str = text(zh="公钥", en="Key", longest=400)


@fact(
    zh="设备停用",
    en="Device revoked",
    about=Subject.REGISTER,
    line_zh="设备 {device} 停用：{reason}",
    line_en="Device {device} revoked: {reason}",
)
class DeviceRevoked(Fact):
    """What the device signs behind this place of the journal does not count; what stands before it does."""

    device: str = identifier(zh="设备", en="Device")
    reason: str = text(zh="理由", en="Reason", longest=200)
