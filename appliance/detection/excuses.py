"""What explains an act without anybody meaning it: habits, timers, waking, the crowd, one page."""

from __future__ import annotations

from enum import StrEnum

from appliance.detection.crowd import Crowd
from appliance.detection.knowledge import Numbers
from appliance.detection.memory import Act, Brand, Device, Novelty
from appliance.detection.signals import PAST_US


class Excuse(StrEnum):
    """Why an act does not count."""

    HABIT = "habit"  # the platform does this by itself
    MACHINE = "machine"  # a timer's rhythm, all day, or at night
    WAKING = "waking"  # the first minutes after joining
    CROWD = "crowd"  # many devices did the same
    PAGE = "page"  # on one page with another


class Excuses:
    """Looks for one; where there is none, a person did it."""

    def __init__(self, numbers: Numbers, crowd: Crowd) -> None:
        self.numbers = numbers
        self.crowd = crowd

    def excuse(self, act: Act, device: Device) -> Excuse | None:
        """What explains this act without anybody meaning it; None where nothing does."""
        numbers, sign = self.numbers, act.sign
        brand = device.brands.get(sign.brand)
        if sign.by_itself and not self._is_change(act, brand, device):
            return Excuse.HABIT
        is_own = act.is_surge or (act.novelty is Novelty.NEW and bool(act.after))
        if brand and not is_own and brand.rhythm.is_machine(numbers) and not act.volume:
            return Excuse.MACHINE
        if act.is_waking and not act.after and len(brand.items if brand else ()) <= len(act.items):
            return Excuse.WAKING
        if sign.kind == "tunnel":
            site = sign.brand.partition(":")[2]
            return Excuse.CROWD if self.crowd.streams(site, device.name) else None
        if sign.by_itself:
            return None  # that others do it alone says nothing of one who began to mean it
        if self._is_shared(act, device):
            return Excuse.CROWD
        return Excuse.PAGE if act.pages else None

    def _is_shared(self, act: Act, device: Device) -> bool:
        """Many did the same. After a refusal it takes half a class, and all that was asked for."""
        if not act.after:
            brand, when = act.sign.brand, act.begins
            others = self.crowd.others(brand, device.name, when)
            return bool(others or self.crowd.most(brand, device.name, when))
        least = min(self.crowd.others(item, device.name, act.begins) for item in act.items)
        return least + 1 >= self.numbers.crowd_class

    def _is_change(self, act: Act, brand: Brand | None, device: Device) -> bool:
        """Devices do this by themselves, but this one began just after a refusal and kept at it."""
        if act.is_surge:
            return True
        if brand is None or brand.is_habit or act.is_waking or not act.is_clean:
            return False
        if act.sign.kind == "new-mac":
            return bool(act.after) and brand.tied > 1
        if act.sign.kind == "dark":
            return bool(act.after)
        if self.is_moved(act, device) or any(
            one.sign.brand == act.sign.brand and self.is_moved(one, device) for one in device.acts
        ):
            return True
        if act.sign.kind not in (*PAST_US, "encrypted-dns"):
            return bool(brand.tied) and any(
                one.sign.is_front and one.sign.brand == act.sign.brand for one in device.acts
            )
        near = self.numbers.after_refusal_seconds
        around = [
            one
            for one in device.acts
            if one.sign.kind in (*PAST_US, "encrypted-dns") and one.after
            if abs(one.begins - act.begins) <= near
        ]
        if not act.after or len({way_of(one) for one in around}) < 2:
            return False
        is_chosen = any(not one.sign.by_itself for one in around)
        return is_chosen or sum(one.events for one in around) >= self.numbers.moved_events

    def is_moved(self, act: Act, device: Device) -> bool:
        """Its questions go to another resolver now, one after the other."""
        numbers = self.numbers
        if act.sign.kind not in PAST_US or not act.after:
            return False
        if act.sign.by_itself and any(
            device.brands[f"{kind}:{way_of(act)}"].is_habit
            for kind in PAST_US
            if f"{kind}:{way_of(act)}" in device.brands
        ):
            return act.is_surge  # it asks there by other ports anyhow
        return act.events >= numbers.sustained_events and act.seconds >= numbers.sustained_seconds


def way_of(act: Act) -> str:
    """Whose way it is: Google's resolver is one, by whatever port it is asked."""
    return act.sign.brand.partition(":")[2] if act.sign.kind in PAST_US else act.sign.brand
