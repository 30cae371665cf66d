"""A project whose remote is the emulator of a forge."""

from support.project import CONFIG, Project, git

TOKEN = "t0ken/with+every=byte&%20"
NAME = "acme/tool"
# By the kind of forge: which variables tell the token, and that it is for this host.
VARIABLES = {
    "github": lambda forge: {"GH_HOST": forge.host, "GH_ENTERPRISE_TOKEN": TOKEN},
    "gitlab": lambda forge: {"GITLAB_HOST": forge.host, "GITLAB_TOKEN": TOKEN},
    "gitea": lambda forge: {"GITEA_SERVER_URL": forge.base, "GITEA_TOKEN": TOKEN},
}


class Forged(Project):
    """kind: as forge.kind has it. Its remote is the emulator's, which serves root/origin.git."""

    kind, emulator, trusted = None, None, True

    @classmethod
    def on(cls, root, kind, emulator, config=CONFIG, forge="patience: 2, pace: 0", **options):
        section = f"forge: {{kind: {kind}, {forge}}}\n"
        own = (options["source"] / "slipway.yaml").read_text() if "source" in options else config
        project = cls.make(root, files={"slipway.yaml": own + section}, **options)
        project.kind = kind
        git(project.work, "config", "credential.helper", f"!f() {{ echo username=x; echo 'password={TOKEN}'; }}; f")
        return project.join(emulator)

    def join(self, emulator):
        """The remote is this emulator from now on."""
        self.emulator = emulator
        emulator.add_repository(NAME, self.origin)
        emulator.add_token(TOKEN, login="ada")
        git(self.work, "remote", "set-url", "origin", emulator.url(NAME))
        return self

    def copied(self, root):
        project = Forged(self.copy(root).root)
        project.kind = self.kind
        return project

    def start(self, *words, env=None, **options):
        return super().start(*words, env={**VARIABLES[self.kind](self.emulator), **(env or {})}, **options)

    def releases(self):
        return self.emulator.releases(NAME)
