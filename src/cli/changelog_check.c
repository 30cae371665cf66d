#include "cli/changelog_check.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/text.h"
#include "changelog/check.h"
#include "cli/changelog_write.h"
#include "cli/findings.h"

#include <stdio.h>

/* ---- facts ---- */

static Version *read_version(const char *text) {
    Version *version = version_parse(text, NULL);
    return version != NULL ? version : version_from_pep440(text, NULL);
}

static bool compare(const char *a, const char *b, int *order) {
    g_autoptr(Version) first = read_version(a);
    g_autoptr(Version) second = read_version(b);
    if (first == NULL || second == NULL)
        return false;
    *order = version_compare(first, second);
    return true;
}

static GPtrArray *tagged_versions(const World *world) {
    GPtrArray *tagged = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < world->versions->len; i++)
        g_ptr_array_add(tagged, version_to_string(((const WorldTag *)g_ptr_array_index(world->versions, i))->version));
    g_ptr_array_add(tagged, NULL);
    return tagged;
}

/* ---- showing ---- */

static json_t *finding_json(const ChangelogFinding *finding) {
    return json_pack("{s: i, s: i, s: s, s: s, s: o, s: o, s: b}", "line", (int)finding->line, "column", (int)finding->column, "code", finding->code,
                     "severity", finding->warning ? "warning" : "error", "what", jsonx_text(finding->what), "fix", jsonx_text(finding->fix), "fixable",
                     (int)finding->fixable);
}

static void print_json(const char *path, const GPtrArray *findings) {
    json_t *rows = json_array();
    for (guint i = 0; i < findings->len; i++)
        json_array_append_new(rows, finding_json(g_ptr_array_index(findings, i)));
    g_autoptr(json_t) document = json_pack("{s: i, s: s, s: o}", "schema", 1, "path", path, "findings", rows);
    g_autofree char *text = jsonx_pretty(document);
    fputs(text, stdout);
}

static void print_finding(const char *path, const ChangelogFinding *finding) {
    g_autofree char *what = text_escape(finding->what, -1, false);
    g_autofree char *fix = text_escape(finding->fix, -1, false);
    printf("%s:%u:%u: %s [%s]: %s\n    %s%s\n", path, finding->line, finding->column, finding->warning ? "warning" : "error", finding->code, what,
           finding->fixable ? "--fix does it: " : "", fix);
    findings_annotate(
        &(Annotation){.path = path, .line = finding->line, .column = finding->column, .code = finding->code, .what = what, .warning = finding->warning});
}

static int conclude(const char *path, const GPtrArray *findings, const CheckOptions *options) {
    guint errors = 0, warnings = 0, fixable = 0;
    for (guint i = 0; i < findings->len; i++) {
        const ChangelogFinding *finding = g_ptr_array_index(findings, i);
        errors += finding->warning ? 0 : 1;
        warnings += finding->warning ? 1 : 0;
        fixable += finding->fixable ? 1 : 0;
        if (!options->json)
            print_finding(path, finding);
    }
    if (options->json)
        print_json(path, findings);
    else if (findings->len == 0)
        printf("%s: nothing to object to\n", path);
    else
        printf("%s: %u wrong, %u questionable; slipway changelog check --fix mends %u of them\n", path, errors, warnings, fixable);
    return errors > 0 || (options->strict && warnings > 0) ? 1 : 0;
}

int changelog_check_command(const World *world, const CheckOptions *options, GError **error) {
    const char *path = world_changelog_path(world);
    g_autoptr(GPtrArray) tagged = tagged_versions(world);
    g_autofree char *today = clock_date(world->now);
    ChangelogFacts facts = {.tagged = (const char *const *)tagged->pdata, .today = today, .compare = compare};
    g_autoptr(GPtrArray) findings = changelog_check(world->changelog, &facts);
    if (!options->fix)
        return conclude(path, findings, options);
    g_autoptr(GBytes) after = changelog_fix(world->changelog, findings);
    int status = changelog_write(world, after, options->dry_run, error);
    if (status != 0 || *error != NULL || options->dry_run)
        return status;
    g_autoptr(Changelog) fixed = changelog_parse(after, path, error);
    g_autoptr(GPtrArray) left = fixed != NULL ? changelog_check(fixed, &facts) : NULL;
    return left != NULL ? conclude(path, left, options) : 0;
}
