"""What GitHub's emulator says of a repository besides releases: refs, pull requests, issues and comments."""

from forge.github_state import Refusal, invalid


class Talk:
    # ---- refs ----

    def ref_json(self, name, ref, identity):
        kind = self.repositories[name].git("cat-file", "-t", identity)
        return {"ref": ref, "node_id": "REF_1", "url": f"{self.api}/repos/{name}/git/{ref}",
                "object": {"type": kind, "sha": identity, "url": f"{self.api}/repos/{name}/git/{kind}s/{identity}"}}  # fmt: skip

    def ref_get(self, call, name, ref):
        refs = self.repositories[name].refs()
        if not refs:
            raise Refusal(409, "Git Repository is empty.")
        identity = refs.get(f"refs/{ref}")
        if identity is None:
            raise Refusal(404)
        return 200, self.ref_json(name, f"refs/{ref}", identity)

    def refs_matching(self, call, name, ref):
        return 200, [self.ref_json(name, full, identity) for full, identity in sorted(self.repositories[name].refs().items()) if full.startswith(f"refs/{ref}")]

    def tag_get(self, call, name, identity):
        backend = self.repositories[name]
        target, kind = backend.git("rev-parse", f"{identity}^{{}}"), None
        if backend.git("cat-file", "-t", identity) != "tag":
            raise Refusal(404)
        kind = backend.git("cat-file", "-t", target)
        return 200, {"node_id": "TAG_1", "tag": "tag", "sha": identity, "url": f"{self.api}/repos/{name}/git/tags/{identity}", "message": "",
                     "tagger": {"date": "2020-01-01T00:00:00Z", "email": "a@example.org", "name": "A"},
                     "object": {"type": kind, "sha": target, "url": f"{self.api}/repos/{name}/git/{kind}s/{target}"}}  # fmt: skip

    # ---- talk ----

    def pulls_of(self, call, name, commit):
        return self.page(call, [self.pull_json(name, pull) for pull in self.models[name]["pulls"].get(commit, [])])

    def pull_json(self, name, pull):
        given = {"number": pull["number"], "title": pull["title"], "html_url": f"{self.base}/{name}/pull/{pull['number']}", "user": self.person(pull["login"]),
                 "state": "closed", "merged_at": "2020-01-01T00:00:00Z" if pull["merged"] else None}  # fmt: skip
        return self.description.whole("pull-request-simple", given)

    def issue_json(self, name, issue):
        labels = [{"id": 1, "node_id": "LA_1", "url": f"{self.api}/labels/1", "name": label, "description": None, "color": "ededed", "default": False} for label in issue["labels"]]
        given = {"id": issue["number"], "number": issue["number"], "title": issue["title"], "body": issue["body"], "state": issue["state"], "labels": labels,
                 "user": self.person(issue["login"]), "html_url": f"{self.base}/{name}/issues/{issue['number']}"}  # fmt: skip
        if issue["pull"]:
            given["pull_request"] = {"diff_url": None, "html_url": None, "patch_url": None, "url": None}
        return self.description.whole("issue", given)

    def issues_list(self, call, name):
        wanted = [label for label in call.query.get("labels", "").split(",") if label]
        state = call.query.get("state", "open")
        rows = [issue for issue in self.models[name]["issues"] if state in ("all", issue["state"]) and set(wanted) <= set(issue["labels"])]
        return self.page(call, [self.issue_json(name, issue) for issue in reversed(rows) if self.is_seen(("issue", issue["number"]))])

    def issue_post(self, call, name):
        fields = self.fields(call, {"title": str, "body": str, "labels": list, "assignees": list, "milestone": int})
        if not fields.get("title"):
            raise invalid("Issue", "title", "missing_field")
        issue = self.add_issue(name, fields["title"], fields.get("labels") or [], body=fields.get("body") or "")
        issue["login"] = call.token.login
        self.stamp(("issue", issue["number"]))
        call.exchange.effect = f"issue {issue['number']}"
        return 201, self.issue_json(name, issue)

    def issue_of(self, name, number):
        for issue in self.models[name]["issues"]:
            if issue["number"] == int(number):
                return issue
        raise Refusal(404)

    def comment_json(self, name, number, comment):
        page = f"{self.base}/{name}/issues/{number}#{comment['id']}"
        return self.description.whole("issue-comment", {"id": comment["id"], "body": comment["body"], "user": self.person(comment["login"]), "html_url": page})

    def comments_list(self, call, name, number):
        return self.page(call, [self.comment_json(name, number, comment) for comment in self.issue_of(name, number)["comments"]])

    def comment_post(self, call, name, number):
        fields = self.fields(call, {"body": str})
        if not fields.get("body"):
            raise invalid("IssueComment", "body", "missing_field")
        if self.issue_of(name, number).get("locked"):
            raise Refusal(403, "Unable to create comment because issue is locked.")
        comment = {"id": next(self.ids), "body": fields["body"], "login": call.token.login}
        self.issue_of(name, number)["comments"].append(comment)
        call.exchange.effect = f"comment {comment['id']}"
        return 201, self.comment_json(name, number, comment)
