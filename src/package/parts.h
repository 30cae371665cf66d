/* What the readers of package kinds share. Private to this folder. */
#pragma once

#include "package/package.h"

typedef enum { PACKAGE_ZIP, PACKAGE_TAR_GZ } PackageFormat;

typedef struct {
    char *path; /* without a trailing "/" */
    guint64 size;
    char *sha256; /* hex; NULL when it is not a regular file */
    bool folder;
} PackageMember;

/* An archive's list of contents. */
typedef struct {
    GPtrArray *members;  /* of PackageMember*, in the archive's order */
    GHashTable *by_path; /* path → PackageMember*, borrowed */
    GHashTable *texts;   /* path → GBytes*, of the members that `wanted` named */
    bool whole;          /* read to its end: only then something missing is really missing */
} PackageMembers;
void package_members_free(PackageMembers *members);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackageMembers, package_members_free)

/* Lists and hashes. What is wrong with the archive itself (broken, too large, a path that leads out, a doubled path, a link, a device) goes to
 * package->problems. Errors: IO when the file cannot be opened. */
PackageMembers *package_members_read(Package *package, const char *path, PackageFormat format, bool (*wanted)(const char *path), GError **error);
/* The kept text of a member, NUL-terminated; NULL when there is none. Borrowed. */
const char *package_members_text(const PackageMembers *members, const char *path);

/* Core metadata: fills name, version, summary, requires… of the package and checks them. `where` is the member's path, `licenses` the folder (with "/") below
 * which the paths of License-File stand. */
void package_take_metadata(Package *package, const PackageMembers *members, const char *where, const char *licenses);

/* The version in a file name against the metadata's. */
void package_check_file_version(Package *package, const char *version);

/* Checks a wheel's RECORD against the members. */
void package_check_record(Package *package, const PackageMembers *members, const char *record_path);

/* One finding; severity and code are check's row of checks.def. The text is one line, made of what the archive says: no longer than it must be. */
void package_report(Package *package, PackageCheck check, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The same for what is wrong with an archive as such: archive/broken, archive/doubtful. */
void package_problem(Package *package, const char *format, ...) G_GNUC_PRINTF(2, 3);
void package_warning(Package *package, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* What was not checked, by code; the same code and what again replaces the reason. now_checked takes a code back. */
void package_not_checked(Package *package, const char *code, const char *what, const char *why);
void package_now_checked(Package *package, const char *code);
#define PACKAGE_RENDERING "description/rendering"
void package_finding_free(PackageFinding *finding);
void package_unchecked_free(PackageUnchecked *unchecked);

/* The kinds: fill the package; error only when the file cannot be read. */
bool package_read_wheel(Package *package, const char *path, GError **error);
bool package_read_sdist(Package *package, const char *path, GError **error);
