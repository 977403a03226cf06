"""A folder of exports whose truth we know: leads of a CRM, a call log and an appointment list."""

from pathlib import Path

import numpy as np
import pandas as pd


def write_folder(folder: Path, leads: int = 160, seed: int = 11) -> dict[str, list]:
    """Write leads.csv, calls.csv and visits.csv; return for each lead the times of its calls and of its booking.

    Every tenth person inquires twice; their calls belong to the newer inquiry from then on.
    """
    random = np.random.default_rng(seed)
    created = pd.Timestamp("2026-02-02 09:00") + pd.to_timedelta(
        np.sort(random.uniform(0, 180, leads)), unit="D"
    ).floor("s")
    people = np.arange(leads)
    people[leads // 2 :: 5] = np.arange(len(people[leads // 2 :: 5]))
    phones = [f"617{200 + person:03d}{1000 + 37 * person:04d}" for person in people]
    emails = [f"someone{person}@post{person % 3}.org" for person in people]
    booked = random.random(leads) < 0.4
    pd.DataFrame(
        {
            "Enquiry No": [f"E-{5000 + i}" for i in range(leads)],
            "Received": created.strftime("%Y-%m-%d %H:%M:%S"),
            "E-mail": emails,
            "Telephone": [f"({phone[:3]}) {phone[3:6]}-{phone[6:]}" for phone in phones],
            "Heard of us": random.choice(["Search", "Friend", "Radio"], leads),
        }
    ).to_csv(folder / "enquiries.csv", index=False)
    calls, truth = [], {"calls": [[] for _ in range(leads)], "booked": [None] * leads}
    for lead in range(leads):
        later = [created[other] for other in range(lead + 1, leads) if people[other] == people[lead]]
        until = min(later, default=created[-1] + pd.Timedelta(days=9))
        for _ in range(random.poisson(2)):
            time = (created[lead] + pd.Timedelta(hours=1 + float(random.exponential(20)))).floor("min")
            if time >= until:
                continue
            outbound = bool(random.random() < 0.5)
            person, ours = f"+1{phones[lead]}", "+16175559000"
            numbers = (ours, person) if outbound else (person, ours)
            calls.append(
                (time.strftime("%d/%m/%Y %H:%M"), *numbers, "Outgoing" if outbound else "Incoming", "Connected", "2:05")
            )
            truth["calls"][lead].append(time)
    calls += [("20/03/2026 10:00", "Anonymous", "+16175559000", "Incoming", "Missed", "0:00")] * 2
    columns = ["Date / Time", "From", "To", "Direction", "Call Result", "Duration"]
    pd.DataFrame(calls, columns=columns).sample(frac=1, random_state=3).to_csv(folder / "phone-log.csv", index=False)
    visits = []
    for lead in np.flatnonzero(booked):
        later = [created[other] for other in range(lead + 1, leads) if people[other] == people[lead]]
        time = (created[lead] + pd.Timedelta(hours=2 + float(random.exponential(48)))).floor("min")
        if later and time >= min(later):
            continue
        truth["booked"][lead] = time
        visit = time + pd.Timedelta(days=int(random.integers(1, 20)))
        visits.append(
            (
                time.strftime("%m/%d/%Y %I:%M %p"),
                visit.strftime("%m/%d/%Y"),
                visit.strftime("%I:%M %p"),
                ("Completed", "No-Show", "Canceled")[lead % 3],
                emails[lead] if lead % 4 else "",
                phones[lead],
            )
        )
    columns = ["Booked At", "Visit Date", "Visit Time", "Visit Status", "Patient Email", "Mobile"]
    pd.DataFrame(visits, columns=columns).to_csv(folder / "visits.csv", index=False)
    return truth
