"""What every row says of its run."""

from __future__ import annotations

import json
from typing import Any

from policybench.data.schema import SCHEMA_VERSION
from policybench.store import StoredRun


def facts(run: StoredRun) -> dict[str, Any]:
    """A value for each column of ``schema.RUN``."""
    manifest = run.manifest
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "run": run.path.as_posix(),
        "status": manifest.status,
    }
    for kind, plugin in (("environment", manifest.environment), ("principal", manifest.principal)):
        found |= {
            kind: plugin.name,
            f"{kind}_variant": plugin.variant,
            f"{kind}_distribution": plugin.distribution,
            f"{kind}_version": plugin.version,
            f"{kind}_options": as_json(plugin.options),
        }
    return found | {
        "hosted": manifest.hosted,
        "external": manifest.external,
        "protocol": manifest.protocol.name,
        "protocol_label": manifest.protocol.label,
        "seeds": len(manifest.protocol.seeds),
        "budget": manifest.protocol.steps,
        "final_options": as_json(manifest.protocol.final_options),
        "floor": manifest.reference.floor,
        "ceiling": manifest.reference.ceiling,
        "created": manifest.created,
        "finished": manifest.finished,
        "versions": as_json(manifest.versions),
        "machine": as_json(manifest.machine.model_dump()),
    }


def as_json(value: Any) -> str:
    """The shortest text of a JSON value, its keys in their own order."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
