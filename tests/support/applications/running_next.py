"""Makes a project of the recipes for Next.js and of the parts that an application has, and runs it without Next.js.

The framework calls route handlers and server actions as plain functions with the `Request` of the web. So Node can.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

from tests.support.bundles import bundle
from tests.support.paths import ROOT

NODE_MODULES = ROOT / "web" / "node_modules"  # has React, its types, jsdom and TypeScript
RECIPES = ROOT / "docs" / "recipes"
# Where the files of the tutorial belong in the project.
TUTORIAL = {
    "NotificationCenter.tsx": "components",
    "createNotification.ts": "lib",
    "route.ts": "app/api/notifications",
}


def make(project: Path) -> None:
    """Make the project in a new folder."""
    shutil.copytree(ROOT / "tests" / "support" / "applications" / "next", project)
    shutil.copytree(RECIPES / "nextjs", project, dirs_exist_ok=True)
    for file, folder in TUTORIAL.items():
        (project / folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(RECIPES / "tutorial" / file, project / folder)
    (project / "node_modules").symlink_to(NODE_MODULES)
    paths = {
        "@/*": ["./*"],
        "next/*": ["./packages/next/*"],
        "server-only": ["./packages/server-only.ts"],
        "carillon-client": [f"{ROOT}/clients/typescript/src/index.ts"],
        "carillon-web": [f"{ROOT}/web/src/index.ts"],
        "carillon-web/style.css": [f"{ROOT}/web/src/style/index.css"],
    }
    options = {"paths": paths, "types": ["vite/client", "node"], "allowJs": False}
    settings = {"extends": f"{ROOT}/web/tsconfig.json", "compilerOptions": options, "include": ["."]}
    (project / "tsconfig.json").write_text(json.dumps(settings))


def check_types(project: Path) -> str:
    """Return what TypeScript finds wrong, or an empty text."""
    compiler = NODE_MODULES / "typescript" / "bin" / "tsc"
    return subprocess.run(
        ["node", compiler, "-p", project], capture_output=True, text=True, timeout=120, check=False
    ).stdout


def run(project: Path, entry: str, *arguments: str) -> str:
    """Bundle a module of the project, run it, and return what it prints."""
    made = bundle(
        project / entry, project / "bundle.mjs", "--platform=node", "--jsx=automatic", "--external:jsdom",
        # The build of the bell finds the languages. Without them, it is in English.
        "--define:import.meta.glob=Object", f"--tsconfig={project / 'tsconfig.json'}",
        # React is CommonJS, and requires modules of Node.
        '--banner:js=import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    )  # fmt: skip
    inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        ["node", made, *arguments], env=inherited, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
