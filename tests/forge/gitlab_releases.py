"""GitLab's releases: known by their tags, without drafts; the latest is the one with the greatest released_at; links are unique by name, by address and by path."""

import re

from forge.gitlab_state import DEVELOPER, MAINTAINER, Refusal, read_time, shown_time

PATH = re.compile(r"/(?:[-.\w]+/?)*[\da-zA-Z]+\Z", re.ASCII)
LINK_TYPES = ("other", "runbook", "image", "package")
RECORD = re.compile(r"slipway-release(\.\d+)?\.json\Z")
CREATE = {"tag_name", "tag_message", "ref", "name", "description", "milestones", "milestone_ids", "released_at", "assets"}
UPDATE = {"name", "description", "released_at", "milestones", "milestone_ids"}
LINK = {"name", "url", "direct_asset_path", "filepath", "link_type"}


class Releases:
    """Mixed into the emulator: needs self.project(call), self.allow(…), self.seen(entity), self.tag_commit(…)."""

    def release_of(self, project, tag):
        release = project["releases"].get(tag)
        if release is None or not self.seen(release):
            raise Refusal(404, {"message": "404 Not Found"})
        return release

    def shown_release(self, project, release):
        web = f"{self.base}/{project['path']}"
        return {
            "name": release["name"], "tag_name": release["tag"], "description": release["description"], "created_at": release["created_at"],
            "released_at": shown_time(release["released"]), "upcoming_release": int(release["released"]) > int(self.now()),
            "author": {"id": 1, "username": release["author"], "name": release["author"], "state": "active"},
            "commit": {"id": self.tag_commit(project, release["tag"]), "title": "x"}, "milestones": [], "commit_path": "x", "tag_path": "x",
            "assets": {"count": 4 + len(release["links"]), "sources": [], "links": [self.shown_link(project, release, link) for link in release["links"]]},
            "evidences": [], "_links": {"self": f"{web}/-/releases/{self.quote(release['tag'])}"},
        }  # fmt: skip

    def shown_link(self, project, release, link):
        direct = link["url"]
        if link["path"]:
            direct = f"{self.base}/{project['path']}/-/releases/{self.quote(release['tag'])}/downloads{link['path']}"
        return {"id": link["id"], "name": link["name"], "url": link["url"], "direct_asset_url": direct, "link_type": link["type"]}

    @staticmethod
    def ordered(project):
        return sorted(project["releases"].values(), key=lambda one: (one["released"], one["number"]), reverse=True)

    def releases_list(self, call, project_id):
        """What one release looks like is kept until the release itself changes: its links are no part of that."""
        project = self.project(call, project_id)
        query = call.only("order_by", "sort", "include_html_description", "updated_before", "updated_after")
        if query.get("order_by", "released_at") not in ("released_at", "created_at") or query.get("sort", "desc") not in ("asc", "desc"):
            raise Refusal(400, {"error": "order_by does not have a valid value"})
        rows = []
        for release in self.ordered(project):
            if not self.seen(release):
                continue
            if release["cached"] is None or release["cached"][0] != release["changed"]:
                release["cached"] = (release["changed"], self.shown_release(project, release))
            rows.append(release["cached"][1])
        return self.page(call, rows if query.get("sort", "desc") == "desc" else rows[::-1])

    def release_get(self, call, project_id, tag):
        project = self.project(call, project_id)
        return 200, self.shown_release(project, self.release_of(project, tag))

    def latest_get(self, call, project_id):
        project = self.project(call, project_id)
        found = self.ordered(project)
        if not found:
            raise Refusal(404, {"message": "404 Not Found"})
        return 302, None, {"Location": f"{self.api}/projects/{project['id']}/releases/{self.quote(found[0]['tag'])}"}

    # ---- changes ----

    def check_fields(self, fields, allowed):
        for field in sorted(set(fields) - allowed):
            self.violations.append(f"a field that GitLab does not know: {field}")

    def new_link(self, release, fields):
        self.check_fields(fields, LINK)
        for field in ("name", "url"):
            if not isinstance(fields.get(field), str) or not fields[field]:
                raise Refusal(400, {"error": f"{field} is missing"})
        path, kind = fields.get("direct_asset_path", fields.get("filepath")), fields.get("link_type", "other")
        if path is not None and (not PATH.match(path) or len(path) > 128):
            raise Refusal(400, {"message": {"filepath": ["is in an invalid format"]}})
        if kind not in LINK_TYPES:
            raise Refusal(400, {"message": [f"'{kind}' is not a valid link_type"]})
        if not fields["url"].startswith(("http://", "https://", "ftp://")):
            raise Refusal(400, {"message": {"url": ["is blocked: Only allowed schemes are http, https, ftp"]}})
        link = {"id": self.number(), "name": fields["name"], "url": fields["url"], "path": path, "type": kind}
        for other in release["links"]:
            for field, said in (("name", "name"), ("url", "url"), ("path", "filepath")):
                if link[field] is not None and link[field] == other[field]:
                    raise Refusal(400, {"message": {said: ["has already been taken"]}})
        return link

    def release_post(self, call, project_id):
        """The tag is made before the release is saved: what is refused later leaves it behind."""
        project = self.project(call, project_id)
        self.allow(call, project, DEVELOPER)
        fields = call.json()
        self.check_fields(fields, CREATE)
        tag = fields.get("tag_name")
        if not isinstance(tag, str) or not tag:
            raise Refusal(400, {"error": "tag_name is missing"})
        if self.tag_commit(project, tag) is None:
            if not fields.get("ref"):
                raise Refusal(422, {"message": "Ref is not specified"})
            self.violations.append(f"GitLab is asked to make the tag {tag}")
            self.make_tag(project, tag, fields["ref"])
        if tag in project["releases"]:
            raise Refusal(409, {"message": "Release already exists"})
        now = self.now()
        released = read_time(fields["released_at"]) if "released_at" in fields else now
        release = {"tag": tag, "name": fields.get("name") or tag, "description": fields.get("description") or "", "released": released, "number": self.number(),
                   "author": call.user["login"], "links": [], "changed": now, "cached": None, **self.dates()}  # fmt: skip
        for link in fields.get("assets", {}).get("links", [])[: self.half_links]:
            release["links"].append(self.new_link(release, link))
        project["releases"][tag] = release
        self.watch(project)
        return 201, self.shown_release(project, release)

    def release_put(self, call, project_id, tag):
        project = self.project(call, project_id)
        self.allow(call, project, DEVELOPER)
        release, fields = self.release_of(project, tag), call.json()
        self.check_fields(fields, UPDATE)
        if "released_at" in fields:
            release["released"] = read_time(fields["released_at"])
        release["name"] = fields.get("name", release["name"])
        release["description"] = fields.get("description", release["description"])
        release["changed"] = self.now() + self.number() / 1e6
        self.watch(project)
        return 200, self.shown_release(project, release)

    def release_delete(self, call, project_id, tag):
        project = self.project(call, project_id)
        self.allow(call, project, MAINTAINER)
        release = self.release_of(project, tag)
        self.violations.append(f"the public release {tag} is deleted")
        del project["releases"][tag]
        return 200, self.shown_release(project, release)

    # ---- links ----

    def links_list(self, call, project_id, tag):
        project = self.project(call, project_id)
        release = self.release_of(project, tag)
        return self.page(call, [self.shown_link(project, release, link) for link in release["links"]])

    def link_post(self, call, project_id, tag):
        project = self.project(call, project_id)
        self.allow(call, project, DEVELOPER)
        release = self.release_of(project, tag)
        link = self.new_link(release, call.json())
        release["links"].append(link)
        return 201, self.shown_link(project, release, link)

    def download_get(self, call, project_id, tag, *path):
        project = self.project(call, project_id)
        for link in self.release_of(project, tag)["links"]:
            if link["path"] == "/" + "/".join(path):
                return 302, None, {"Location": link["url"]}
        raise Refusal(404, {"message": "404 Not Found"})

    # ---- what must hold at every instant ----

    def watch(self, project):
        """Every file of the package is linked in the release that carries slipway's mark; no date lies ahead."""
        for release in project["releases"].values():
            if "<!-- slipway:" not in release["description"] or self.half_links is not None:
                continue
            if release["released"] > self.now() + 2:
                self.violations.append(f"{release['tag']} is dated into the future")
            linked = {link["url"] for link in release["links"]}
            for package in project["packages"]:
                folder = f"/packages/generic/{package['name']}/{package['version']}/"
                used = any(folder in url for url in linked)
                for file in package["files"] if used and not package["gone"] else []:
                    if not RECORD.match(file["name"]) and not any(url.endswith(folder + self.quote(file["name"])) for url in linked):
                        self.violations.append(f"{release['tag']} is public without {file['name']}")
