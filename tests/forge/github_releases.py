"""Releases and assets of GitHub's emulator: drafts and how they become public, uploads, downloads."""

import datetime
import re
import urllib.parse

from forge.github_state import MAX_ASSET, MAX_ASSETS, MAX_BODY, RELEASE_FIELDS, Asset, Call, Refusal, Release, changed_name, invalid, shown


class Releases:
    def release_json(self, name, release):
        api = f"{self.api}/repos/{name}/releases/{release.id}"
        host = self.upload_host or self.base
        page = f"untagged-{release.id:x}" if release.draft else urllib.parse.quote(release.tag, safe="")
        return {"url": api, "assets_url": f"{api}/assets", "upload_url": f"{host}/api/uploads/repos/{name}/releases/{release.id}/assets{{?name,label}}",
                "html_url": f"{self.base}/{name}/releases/tag/{page}", "id": release.id, "author": self.person(release.author), "node_id": f"RE_{release.id}",
                "tag_name": release.tag, "target_commitish": release.target, "name": release.name, "draft": release.draft, "prerelease": release.prerelease,
                "immutable": release.immutable, "created_at": shown(release.when), "updated_at": shown(release.published or release.when),
                "published_at": shown(release.published), "assets": [self.asset_json(name, release, asset) for asset in release.assets],
                "tarball_url": None if release.draft else f"{self.api}/repos/{name}/tarball/{release.tag}",
                "zipball_url": None if release.draft else f"{self.api}/repos/{name}/zipball/{release.tag}", "body": release.body}  # fmt: skip

    def asset_json(self, name, release, asset):
        page = f"untagged-{release.id:x}" if release.draft else urllib.parse.quote(release.tag, safe="")
        return {"url": f"{self.api}/repos/{name}/releases/assets/{asset.id}", "id": asset.id, "node_id": f"RA_{asset.id}", "name": asset.name, "label": "",
                "uploader": self.person(release.author), "content_type": asset.kind, "state": asset.state, "size": asset.size,
                "digest": f"sha256:{asset.sha256}" if self.digests and asset.state == "uploaded" else None, "download_count": asset.downloads,
                "created_at": shown(release.when), "updated_at": shown(release.when),
                "browser_download_url": f"{self.base}/{name}/releases/download/{page}/{urllib.parse.quote(asset.name)}"}  # fmt: skip

    def find(self, call, name, number):
        for release in self.models[name]["releases"]:
            if release.id == int(number) and (not release.draft or self.can_push(call.token)) and self.is_seen(("id", release.id)):
                return release
        raise Refusal(404)

    def releases_list(self, call, name):
        rows = [release for release in self.models[name]["releases"] if (not release.draft or self.can_push(call.token)) and self.is_seen(release.id)]
        rows.sort(key=lambda release: (release.when, release.id), reverse=True)
        return self.page(call, [self.release_json(name, release) for release in rows])

    def latest_of(self, name):
        rows = [release for release in self.models[name]["releases"] if not release.draft and not release.prerelease]
        flagged = [release for release in rows if release.latest]
        return flagged[0] if flagged else max(rows, key=lambda release: (release.when, release.id), default=None)

    def latest_get(self, call, name):
        release = self.latest_of(name)
        if release is None:
            raise Refusal(404)
        return 200, self.release_json(name, release)

    def by_tag(self, call, name, tag):
        for release in self.models[name]["releases"]:
            if release.tag == tag and not release.draft and self.is_seen(("tag", release.id)):
                return 200, self.release_json(name, release)
        raise Refusal(404)

    def release_get(self, call, name, number):
        return 200, self.release_json(name, self.find(call, name, number))

    def fields(self, call, known):
        content = call.content
        if not isinstance(content, dict):
            raise Refusal(400, "Problems parsing JSON")
        for field, value in content.items():
            if field not in known:
                self.violations.append(f"{call.exchange.method} {call.exchange.path}: GitHub knows no {field}")
            elif value is not None and not isinstance(value, known[field]):
                raise Refusal(422, "Invalid request.", [f"For 'properties/{field}', {value!r} is not of the right type."])
        if content.get("make_latest", "true") not in ("true", "false", "legacy"):
            raise invalid("Release", "make_latest", "invalid")
        if len(content.get("body") or "") > MAX_BODY:
            raise invalid("Release", "body", "custom", f"body is too long (maximum is {MAX_BODY} characters)")
        return content

    def check_target(self, name, target):
        backend = self.repositories[name]
        known = backend.peel(f"refs/heads/{target}") or (re.fullmatch(r"[0-9a-f]{40}", target) and backend.peel(target))
        if not known:
            raise invalid("Release", "target_commitish", "invalid")

    def commit_time(self, name, release):
        commit = self.repositories[name].peel(f"refs/tags/{release.tag}") or self.repositories[name].peel(f"refs/heads/{release.target}")
        seconds = self.repositories[name].git("log", "-1", "--format=%ct", commit) if commit else None
        return datetime.datetime.fromtimestamp(int(seconds or 0), datetime.timezone.utc)

    def release_post(self, call, name):
        fields = self.fields(call, {**RELEASE_FIELDS, "generate_release_notes": bool})
        tag = fields.get("tag_name")
        if not tag:
            raise invalid("Release", "tag_name", "missing_field")
        if tag in self.burned:
            raise invalid("Release", "tag_name", "custom", "tag_name was used by an immutable release")
        draft = fields.get("draft", False)
        if any(release.tag == tag and not release.draft for release in self.models[name]["releases"]):
            raise invalid("Release", "tag_name", "already_exists")
        target = fields.get("target_commitish") or "main"
        if not self.repositories[name].peel(f"refs/tags/{tag}"):
            self.check_target(name, target)
        release = Release(next(self.ids), tag, target, fields.get("name"), fields.get("body"), True, fields.get("prerelease", False), call.token.login, None)
        release.when = self.commit_time(name, release)
        self.models[name]["releases"].append(release)
        self.stamp(release.id)
        call.exchange.effect = f"draft {release.id}"
        if not draft:
            self.make_public(name, release, fields)
        return 201, self.release_json(name, release), {"Location": f"{self.api}/repos/{name}/releases/{release.id}"}

    def notes_post(self, call, name):
        """Stores nothing."""
        if not self.generates_notes:
            raise Refusal(404)
        fields = self.fields(call, {"tag_name": str, "target_commitish": str, "previous_tag_name": str, "configuration_file_path": str})
        if not fields.get("tag_name"):
            raise invalid("Release", "tag_name", "missing_field")
        return 200, {"name": fields["tag_name"], "body": f"**Full Changelog**: {self.base}/{name}/commits/{fields['tag_name']}"}

    def make_public(self, name, release, fields):
        if any(other is not release and other.tag == release.tag and not other.draft for other in self.models[name]["releases"]):
            raise invalid("Release", "tag_name", "already_exists")
        backend = self.repositories[name]
        if not backend.peel(f"refs/tags/{release.tag}"):
            if not self.foreign:
                self.violations.append(f"{release.tag} was made by GitHub itself, at the head of {release.target}")
            backend.git("update-ref", f"refs/tags/{release.tag}", backend.peel(f"refs/heads/{release.target}"))
        release.draft, release.published = False, datetime.datetime.now(datetime.timezone.utc)
        release.when = self.commit_time(name, release)
        if self.immutable:
            release.immutable = True
            self.burned.add(release.tag)
        if fields.get("make_latest", "true") == "true" and not release.prerelease:
            self.flag_latest(name, release)
        self.stamp(("tag", release.id))

    def flag_latest(self, name, release):
        for other in self.models[name]["releases"]:
            other.latest = other is release

    def release_patch(self, call, name, number):
        release = self.find(call, name, number)
        fields = self.fields(call, RELEASE_FIELDS)
        if release.immutable and (fields.get("tag_name", release.tag) != release.tag or fields.get("draft")):
            raise Refusal(422, "Validation Failed", ["Cannot change an immutable release"])
        if fields.get("make_latest") == "true" and (fields.get("prerelease", release.prerelease) or fields.get("draft", release.draft)):
            raise invalid("Release", "make_latest", "invalid")
        for field, attribute in [("name", "name"), ("body", "body"), ("prerelease", "prerelease"), ("tag_name", "tag")]:
            if field in fields:
                setattr(release, attribute, fields[field])
        if fields.get("target_commitish"):
            self.check_target(name, fields["target_commitish"])
            release.target = fields["target_commitish"]
        if release.draft and fields.get("draft") is False:
            self.make_public(name, release, fields)
            call.exchange.effect = f"published {release.id}"
        elif not release.draft and fields.get("make_latest") == "true":
            self.flag_latest(name, release)
        elif not release.draft and (fields.get("make_latest") == "false" or release.prerelease):
            release.latest = False
        call.exchange.effect = call.exchange.effect or f"edited {release.id}"
        return 200, self.release_json(name, release)

    def release_delete(self, call, name, number):
        release = self.find(call, name, number)
        self.models[name]["releases"].remove(release)
        if not release.draft and not self.foreign:
            self.violations.append(f"the public release {release.tag} was deleted")
        call.exchange.effect = f"deleted {release.id}"
        return 204, None

    # ---- assets ----

    def upload(self, exchange, token, name, number, query, headers, body):
        call = Call(exchange, token, query, headers, body)
        if name not in self.models:
            raise Refusal(404)
        self.may_push(call)
        release = self.find(call, name, number)
        if "content-type" not in headers or "content-length" not in headers:
            self.violations.append("an upload without Content-Type or Content-Length")
        if release.immutable:
            raise Refusal(422, "Cannot upload assets to an immutable release")
        wanted = changed_name(query.get("name", ""))
        if not query.get("name"):
            raise invalid("ReleaseAsset", "name", "missing_field")
        if any(asset.name == wanted for asset in release.assets):
            raise invalid("ReleaseAsset", "name", "already_exists")
        if body.size >= MAX_ASSET or len(release.assets) >= MAX_ASSETS:
            raise invalid("ReleaseAsset", "size", "custom", "size must be less than 2147483648")
        if body.size == 0:
            raise Refusal(400, "Bad Content-Length")
        if self.half_uploads > 0:
            self.half_uploads -= 1
            self.leave_starter(exchange, name, number, query)
            raise Refusal(502, "Server Error")
        asset = Asset(next(self.ids), wanted, "uploaded", headers.get("content-type", ""), body.sha256, body.size, body)
        self.add_asset(exchange, release, asset)
        return 201, self.asset_json(name, release, asset), {}

    def add_asset(self, exchange, release, asset):
        release.assets.append(asset)
        exchange.effect = f"asset {asset.id}"
        if not release.draft and not self.foreign:
            self.violations.append(f"{asset.name} came to the public release {release.tag}")

    def leave_starter(self, exchange, name, number, query):
        """What a failed upload leaves behind: its name is taken, and there are no bytes."""
        wanted = changed_name(query.get("name", ""))
        for release in self.models.get(name, {"releases": []})["releases"]:
            if release.id == int(number) and all(asset.name != wanted for asset in release.assets):
                self.add_asset(exchange, release, Asset(next(self.ids), wanted, "starter", "application/octet-stream", "", 0, None))

    def find_asset(self, call, name, number):
        for release in self.models[name]["releases"]:
            for asset in release.assets:
                if asset.id == int(number) and (not release.draft or self.can_push(call.token)):
                    return release, asset
        raise Refusal(404)

    def assets_list(self, call, name, number):
        release = self.find(call, name, number)
        return self.page(call, [self.asset_json(name, release, asset) for asset in release.assets])

    def asset_get(self, call, name, number):
        release, asset = self.find_asset(call, name, number)
        if "application/octet-stream" not in call.headers.get("accept", ""):
            return 200, self.asset_json(name, release, asset)
        if asset.state != "uploaded" or asset.content is None:
            raise Refusal(404)
        asset.downloads += 1
        return 200, asset.content, {"Content-Type": asset.kind or "application/octet-stream"}

    def download(self, name, tag, wanted):
        for release in self.models.get(name, {"releases": []})["releases"]:
            for asset in release.assets:
                if release.tag == tag and not release.draft and asset.name == wanted and asset.content is not None:
                    asset.downloads += 1
                    return 200, asset.content, {"Content-Type": "application/octet-stream"}
        raise Refusal(404)

    def changeable(self, call, name, number):
        release, asset = self.find_asset(call, name, number)
        if release.immutable:
            raise Refusal(422, "Cannot change the assets of an immutable release")
        return release, asset

    def asset_patch(self, call, name, number):
        release, asset = self.changeable(call, name, number)
        fields = self.fields(call, {"name": str, "label": str, "state": str})
        wanted = changed_name(fields.get("name", asset.name))
        if any(other.name == wanted and other is not asset for other in release.assets):
            raise invalid("ReleaseAsset", "name", "already_exists")
        asset.name = wanted
        call.exchange.effect = f"renamed asset {asset.id}"
        return 200, self.asset_json(name, release, asset)

    def asset_delete(self, call, name, number):
        release, asset = self.changeable(call, name, number)
        release.assets.remove(asset)
        if not release.draft and not self.foreign:
            self.violations.append(f"{asset.name} went from the public release {release.tag}")
        call.exchange.effect = f"deleted asset {asset.id}"
        return 204, None
