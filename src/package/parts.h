/* What the readers of package kinds share. Private to this folder. */
#pragma once

#include "package/package.h"

typedef enum { PACKAGE_NO_ARCHIVE, PACKAGE_ZIP, PACKAGE_TAR } PackageFormat;
/* By the end of a file's name. */
PackageFormat package_format(const char *name);

typedef enum { MEMBER_FILE, MEMBER_FOLDER, MEMBER_SYMLINK, MEMBER_HARDLINK } PackageMemberType;

typedef struct {
    char *path; /* without a trailing "/" */
    PackageMemberType type;
    guint64 size; /* of a regular file; 0 else */
    char *sha256; /* hex; NULL when it is not a regular file */
    char *blob;   /* git's id of a file or of a symbolic link, where it was asked for; or NULL */
    char *link;   /* target of a link, or NULL */
    gint64 mtime; /* of a zip's member: its MS-DOS time taken as UTC, 0 where that is none */
    guint64 uid, gid;
    guint32 mode; /* permission bits, set-id bits too; 0 where the archive has none */
    guint32 crc;  /* of a zip's member; 0 else */
    bool owner_named;
    bool folder;     /* type == MEMBER_FOLDER */
    bool executable; /* a regular file that somebody may run */
} PackageMember;

/* An archive's list of contents. */
typedef struct {
    GPtrArray *members;  /* of PackageMember*, in the archive's order */
    GHashTable *by_path; /* path → PackageMember*, borrowed */
    GHashTable *texts;   /* path → GBytes*, of the members that `wanted` named */
    bool whole;          /* read to its end: only then something missing is really missing */
    guint64 file_size;   /* of the archive itself */
    gint64 packed_time;  /* of the gzip header; 0: none */
    char *packed_name;   /* of the gzip header; NULL: none */
} PackageMembers;
void package_members_free(PackageMembers *members);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackageMembers, package_members_free)

/* How an archive is read. All borrowed. */
typedef struct {
    bool (*wanted)(const char *path, const void *data); /* whose text is kept (at most 16 MiB); or NULL */
    const void *data;
    bool scan;                        /* look for secrets and litter, see package/scan.h */
    const char *const *allow_secrets; /* globs of members that may hold them; NULL-ended or NULL */
    const char *object_format;        /* "sha1", "sha256": members get their git id; or NULL */
} PackageReadRules;

/* Lists and hashes. What is wrong with the archive itself (broken, too large, a path or a link that leads out, a doubled path, a device) goes to
 * package->problems. tar: plain or in gzip, zstd or xz, as its bytes say. Errors: IO when the file cannot be opened. */
PackageMembers *package_members_read(Package *package, const char *path, PackageFormat format, const PackageReadRules *rules, GError **error);
/* The kept text of a member, NUL-terminated; NULL when there is none. Borrowed. */
const char *package_members_text(const PackageMembers *members, const char *path);
/* The one folder that all stands in; NULL when there is none or several. g_free. */
char *package_members_top(const PackageMembers *members);

/* The archive's contents with git ids, and its kind; nothing of the kind is checked: problems are those of the archive as such. *members is NULL for a file
 * that is no archive. */
Package *package_contents_by(const char *path, const PackageReadRules *rules, PackageMembers **members, GError **error);
Package *package_contents(const char *path, const char *object_format, PackageMembers **members, GError **error);

/* A kind of package: one file and one row of kinds.def. */
typedef struct {
    const char *name;
    const char *const *suffixes; /* NULL-ended; NULL: any */
    bool (*wanted)(const char *path);
    /* Whether this archive, read whole, is of the kind; NULL: the name decides. */
    bool (*is)(const PackageMembers *members);
    /* Checks what was read; file: the base name. Fills the package. */
    void (*check)(Package *package, const PackageMembers *members, const char *file);
    bool links;  /* links that stay inside are in order */
    bool caches; /* its own check looks for Python's caches */
} PackageKind;
#define PACKAGE_KIND(file) extern const PackageKind package_kind_##file;
#include "package/kinds.def"
#undef PACKAGE_KIND

/* Core metadata: fills name, version, summary, requires… of the package and checks them. `where` is the member's path, `licenses` the folder (with "/") below
 * which the paths of License-File stand. */
void package_take_metadata(Package *package, const PackageMembers *members, const char *where, const char *licenses);

/* The version in a file name against the metadata's. */
void package_check_file_version(Package *package, const char *version);

/* Checks a wheel's RECORD against the members. */
void package_check_record(Package *package, const PackageMembers *members, const char *record_path);

/* One finding; severity and code are check's row of checks.def. The text is one line, made of what the archive says: no longer than it must be. */
void package_report(Package *package, PackageCheck check, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The same for what is wrong with an archive as such: archive/broken. */
void package_problem(Package *package, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* What was not checked, by code; the same code and what again replaces the reason. now_checked takes a code back. */
void package_not_checked(Package *package, const char *code, const char *what, const char *why);
void package_now_checked(Package *package, const char *code);
#define PACKAGE_RENDERING "description/rendering"
void package_finding_free(PackageFinding *finding);
void package_unchecked_free(PackageUnchecked *unchecked);
