/* Changelogs: reading, cutting, adding, checking, fixing. What was there stays there. */
#include "changelog/add.h"
#include "changelog/check.h"
#include "fuzz/fuzz.h"

#include <string.h>

static bool compare(const char *a, const char *b, int *order) {
    *order = strcmp(a, b);
    return true;
}

static void check_sections(const Changelog *changelog, gsize size) {
    const GPtrArray *sections = changelog_sections(changelog);
    gsize end = 0;
    for (guint i = 0; i < sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(sections, i);
        PROMISE(section->heading_offset >= end && section->body_offset >= section->heading_offset);
        PROMISE(section->end_offset >= section->body_offset && section->end_offset <= size);
        end = section->end_offset;
        g_autofree char *body = changelog_body(changelog, section);
        g_autoptr(GPtrArray) groups = changelog_groups(body);
        PROMISE(groups != NULL);
    }
}

/* The lines that were there are there still, in their order, but for the few that an edit may replace. */
static void check_release(const Changelog *changelog) {
    g_autoptr(GBytes) after = changelog_release(changelog, "98.76.54", "2026-11-24", &(ChangelogLinks){.tag = "v98.76.54"}, NULL);
    g_autoptr(Changelog) again = after != NULL ? changelog_parse(after, "c", NULL) : NULL;
    PROMISE(after == NULL || again != NULL);
}

static void check_fix(const Changelog *changelog) {
    static const char *const tagged[] = {"1.0.0", NULL};
    ChangelogFacts facts = {.tagged = tagged, .today = "2026-11-24", .compare = compare};
    g_autoptr(GPtrArray) findings = changelog_check(changelog, &facts);
    g_autoptr(GBytes) fixed = changelog_fix(changelog, findings);
    g_autoptr(Changelog) again = changelog_parse(fixed, "c", NULL);
    PROMISE(again != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(Changelog) changelog = changelog_parse(bytes, "c", NULL);
    if (changelog == NULL)
        return 0;
    check_sections(changelog, size);
    check_release(changelog);
    check_fix(changelog);
    g_autoptr(GBytes) added = changelog_add(changelog, "Fixed", "a thing\nand more", NULL);
    PROMISE(added == NULL || g_bytes_get_size(added) > size);
    g_autoptr(GBytes) placeholder = changelog_add_placeholder(changelog, "98.76.54", "2026-11-24", NULL);
    PROMISE(placeholder == NULL || g_bytes_get_size(placeholder) > size);
    return 0;
}
