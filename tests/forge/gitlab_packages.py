"""GitLab's package registry, as far as generic packages: a second file of a name is taken silently, names are searched fuzzily, the files of hidden packages cannot
be listed or removed (Packages::PackageFinder finds displayable ones only), developers add and maintainers remove."""

import json
import re

from forge.gitlab_state import DEVELOPER, MAINTAINER, Refusal

NAME = re.compile(r"[A-Za-z0-9._+-]+\Z")
VERSION = re.compile(r"(\.?[A-Za-z0-9_+-]+\.?)+\Z")
RECORD = re.compile(r"slipway-release(\.\d+)?\.json\Z")
STATUSES = ("default", "hidden")


def is_fuzzy(wanted, name):
    """All trigrams are not needed here: each character in order is what a fuzzy search shows at most."""
    return wanted.lower() in name.lower() or name.lower() in wanted.lower() or wanted[:3].lower() == name[:3].lower()


class Packages:
    """Mixed into the emulator: needs self.project(call), self.allow(call, project, level), self.seen(entity)."""

    def registry(self, call, project_id, level=0):
        """The project, if it has a registry that the caller may use."""
        project = self.project(call, project_id)
        if level:
            self.allow(call, project, level)
        if not project["packages_enabled"] or (project["registry"] == "private" and call.user is None):
            raise Refusal(403 if call.user else 401, {"message": "403 Forbidden" if call.user else "401 Unauthorized"})
        return project

    def package_of(self, project, number, displayed=True):
        for package in project["packages"]:
            if str(package["id"]) == number and not package["gone"] and (package["status"] == "default" or not displayed):
                return package
        raise Refusal(404, {"message": "404 Package Not Found"})

    def shown_package(self, project, package):
        return {
            "id": package["id"], "name": package["name"], "version": package["version"], "package_type": package["type"], "status": package["status"],
            "_links": {"web_path": f"/{project['path']}/-/packages/{package['id']}"}, "created_at": package["created_at"], "last_downloaded_at": None, "tags": [],
        }  # fmt: skip

    @staticmethod
    def shown_file(package, file):
        return {"id": file["id"], "package_id": package["id"], "created_at": file["created_at"], "file_name": file["name"], "size": file["size"],
                "file_md5": None, "file_sha1": None, "file_sha256": None if file.get("no_digest") else file["sha256"], "pipelines": []}  # fmt: skip

    def packages_list(self, call, project_id):
        project = self.registry(call, project_id)
        query = call.only("package_type", "package_name", "package_version", "status", "order_by", "sort")
        wanted = []
        for package in project["packages"]:
            fits = not package["gone"] and package["status"] == query.get("status", "default") and self.seen(package)
            fits = fits and query.get("package_type", package["type"]) == package["type"]
            fits = fits and is_fuzzy(query.get("package_name", package["name"]), package["name"])
            if self.filters_versions:
                fits = fits and query.get("package_version", package["version"]) == package["version"]
            if fits:
                wanted.append(self.shown_package(project, package))
        return self.page(call, wanted)

    def package_get(self, call, project_id, number):
        project = self.registry(call, project_id)
        return 200, self.shown_package(project, self.package_of(project, number))

    def package_delete(self, call, project_id, number):
        project = self.registry(call, project_id, MAINTAINER)
        package = self.package_of(project, number)
        self.watch_removal(project, package, [file["name"] for file in package["files"]])
        package["gone"] = True
        return 204, None

    def files_list(self, call, project_id, number):
        project = self.registry(call, project_id)
        call.only("order_by", "sort")
        package = self.package_of(project, number)
        return self.page(call, [self.shown_file(package, file) for file in package["files"] if self.seen(file)])

    def file_delete(self, call, project_id, number, file_id):
        project = self.registry(call, project_id, MAINTAINER)
        package = self.package_of(project, number)
        for file in package["files"]:
            if str(file["id"]) == file_id:
                self.watch_removal(project, package, [file["name"]])
                package["files"].remove(file)
                return 204, None
        raise Refusal(404, {"message": "404 Not Found"})

    def watch_removal(self, project, package, names):
        """What a release links to is public: nobody takes that away."""
        for release in project["releases"].values():
            for link in release["links"]:
                for name in names:
                    if link["url"].endswith(f"/packages/generic/{package['name']}/{package['version']}/{name}"):
                        self.violations.append(f"{name} of the public release {release['tag']} is removed")

    # ---- generic packages ----

    def generic_put(self, call, project_id, name, version, file_name):
        project = self.registry(call, project_id, DEVELOPER)
        query = call.only("status", "select")
        if not NAME.match(name) or not NAME.match(file_name):
            raise Refusal(400, {"error": "package_name is invalid" if not NAME.match(name) else "file_name is invalid"})
        if not VERSION.match(version):
            raise Refusal(400, {"error": "package_version is invalid"})
        if query.get("status", "default") not in STATUSES:
            raise Refusal(400, {"error": "status does not have a valid value"})
        if self.protected_package == name:
            raise Refusal(403, {"message": "403 Forbidden - Package protected."})
        if self.max_file is not None and call.body.size > self.max_file:
            raise Refusal(400, {"message": "400 Bad request - File is too large"})
        package = self.generic_find(project, name, version)
        if package is not None and not self.duplicates and any(file["name"] == file_name for file in package["files"]):
            raise Refusal(400, {"message": "400 Bad request - Duplicate package is not allowed"})
        if package is None:
            package = {"id": self.number(), "name": name, "version": version, "type": "generic", "status": "default", "gone": False, "files": [], **self.dates()}
            project["packages"].append(package)
        package["status"] = query.get("status", package["status"])
        file = self.add_file(project, package, file_name, call.body)
        if query.get("select") == "package_file" and self.selects:
            return 201, self.shown_file(package, file)
        return 201, {"message": "201 Created"}

    def add_file(self, project, package, name, body):
        repeated = [file for file in package["files"] if file["name"] == name]
        if repeated and not self.lag:
            self.violations.append(f"a second file {name} in the package {package['name']} {package['version']}")
        for release in project["releases"].values():
            if any(f"/{package['name']}/{package['version']}/" in link["url"] for link in release["links"]) and not RECORD.match(name):
                self.violations.append(f"{name} comes into the package of the public release {release['tag']}")
        file = {"id": self.number(), "name": name, "body": body, "size": body.size, "sha256": body.sha256, "no_digest": not self.digests, **self.dates()}
        package["files"].append(file)
        return file

    @staticmethod
    def draft_in(package):
        """The draft that slipway keeps in a package, by its newest record."""
        records = [file for file in package["files"] if RECORD.match(file["name"])]
        if package["gone"] or not records:
            return None
        fields = json.loads(max(records, key=lambda file: (len(file["name"]), file["name"]))["body"].content)
        notes = f"{fields['notes']}\n<!-- {fields['mark']} -->"
        assets = [{"name": file["name"], "sha256": file["sha256"]} for file in package["files"] if not RECORD.match(file["name"])]
        return {"id": package["id"], "tag": fields["tag"], "name": fields["name"], "notes": notes, "draft": True, "prerelease": fields["prerelease"], "assets": assets}

    @staticmethod
    def generic_find(project, name, version):
        for package in project["packages"]:
            if (package["type"], package["name"], package["version"], package["gone"]) == ("generic", name, version, False):
                return package
        return None

    def generic_get(self, call, project_id, name, version, file_name):
        """Hidden ones can be downloaded, too; of two files of a name the newest is served."""
        project = self.registry(call, project_id)
        package = self.generic_find(project, name, version)
        files = [file for file in package["files"] if file["name"] == file_name] if package is not None else []
        if not files:
            raise Refusal(404, {"message": "404 Not Found"})
        if self.object_storage:
            self.stored[str(files[-1]["id"])] = files[-1]["body"]
            return 302, None, {"Location": f"{self.storage}/-storage/{files[-1]['id']}?signature=x"}
        return 200, files[-1]["body"], {"Content-Type": "application/octet-stream", "X-Checksum-SHA256": files[-1]["sha256"]}
