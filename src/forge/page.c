#include "forge/page.h"

#include "base/clock.h"
#include "changelog/markup.h"

#include <string.h>

/* This many releases stand on the forge's page with their notes; older ones as a line with a link. */
#define WITH_NOTES 10

static const char style[] =
    ":root{color-scheme:light "
    "dark;--ink:#1c2128;--soft:#59636e;--line:#d9dee3;--back:#fff;--card:#f6f8fa;--link:#0a58ca;--good:#1a7f37;--warn:#9a6700;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa5b1;--line:#343b44;--back:#0f1318;--card:#171c23;--link:#6cb0ff;--good:#4fb866;--warn:#"
    "d7a13b;--bad:#ff8b80}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--back);color:var(--ink);font:16px/1.55 system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif}\n"
    "main{max-width:54rem;margin:0 auto;padding:2rem 1.25rem 4rem}\n"
    "h1{font-size:1.7rem;margin:0 0 1.5rem}h2{font-size:1.35rem;margin:0}\n"
    "a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}\n"
    "article{border:1px solid var(--line);border-radius:.6rem;margin:0 0 1.5rem;padding:1.25rem 1.5rem}\n"
    ".head{display:flex;flex-wrap:wrap;gap:.35rem .75rem;align-items:baseline}\n"
    ".meta{color:var(--soft);font-size:.88rem;margin:.2rem 0 1rem}\n"
    ".badge{border:1px solid currentColor;border-radius:1rem;font-size:.75rem;font-weight:600;padding:.05rem .6rem}\n"
    ".latest{color:var(--good)}.prerelease{color:var(--warn)}.withdrawn{color:var(--bad)}\n"
    ".notes h1{font-size:1.2rem;margin:1.2rem 0 .4rem}.notes h2{font-size:1.08rem;margin:1.1rem 0 .4rem}.notes h3{font-size:1rem;margin:1rem 0 .3rem}\n"
    ".notes{overflow-wrap:anywhere}.notes img{max-width:100%}.notes blockquote{border-left:.25rem solid "
    "var(--line);color:var(--soft);margin-left:0;padding-left:1rem}\n"
    "code,pre{font-family:ui-monospace,\"DejaVu Sans Mono\",monospace;font-size:.86em}\n"
    "code{background:var(--card);border-radius:.3rem;padding:.1em .3em}pre{background:var(--card);border-radius:.5rem;overflow-x:auto;padding:.75rem 1rem}pre "
    "code{padding:0}\n"
    "table{border-collapse:collapse;font-size:.92rem;width:100%}th,td{border-top:1px solid var(--line);padding:.45rem .6rem .45rem "
    "0;text-align:left;vertical-align:top}\n"
    "th{border:0;color:var(--soft);font-size:.8rem;font-weight:600}td.size{white-space:nowrap}td "
    "code{background:none;color:var(--soft);font-size:.75rem;overflow-wrap:anywhere;padding:0}\n"
    "h3.assets{font-size:.95rem;margin:1.4rem 0 .3rem}ul.older{list-style:none;padding:0}ul.older li{border-top:1px solid var(--line);padding:.5rem 0}\n"
    "footer{color:var(--soft);font-size:.8rem}\n";

static void add_text(GString *out, const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *escaped = g_markup_escape_text(valid, -1);
    g_string_append(out, escaped);
}

static void add_head(GString *out, const char *title) {
    g_string_append(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:\">\n" FORGE_PAGE_SIGN "\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    add_text(out, title);
    g_string_append_printf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
}

static void add_foot(GString *out) {
    g_string_append(out, "<footer>Check a download with <code>sha256sum --check --ignore-missing SHA256SUMS</code>.</footer>\n</main>\n</body>\n</html>\n");
}

/* Whole numbers only: a locale's decimal comma would give other bytes. */
static void add_size(GString *out, guint64 size) {
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    guint unit = 0;
    guint64 tenths = size * 10;
    while (tenths >= 10240 && unit + 1 < G_N_ELEMENTS(units)) {
        tenths = (tenths + 512) / 1024;
        unit++;
    }
    if (unit == 0)
        g_string_append_printf(out, "%" G_GUINT64_FORMAT " bytes", size);
    else
        g_string_append_printf(out, "%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " %s", tenths / 10, tenths % 10, units[unit]);
}

static void add_markdown(GString *out, const char *text) {
    g_autofree char *html = markup_html(text);
    g_string_append_printf(out, "<div class=\"notes\">\n%s</div>\n", html);
}

/* "/" cannot be in a folder's name and "~" not in a tag's: so no two tags share a folder, and a link needs no escaping. */
char *forge_page_folder(const char *tag) {
    return g_strdelimit(g_strdup(tag), "/", '~');
}

static void add_badge(GString *out, const char *name, const char *words) {
    g_string_append_printf(out, "<span class=\"badge %s\">%s</span>\n", name, words);
}

static void add_badges(GString *out, const ForgeRelease *release, bool latest) {
    if (latest)
        add_badge(out, "latest", "Latest");
    if (release->prerelease)
        add_badge(out, "prerelease", "Pre-release");
    if (release->state == FORGE_WITHDRAWN)
        add_badge(out, "withdrawn", "Withdrawn");
}

static void add_meta(GString *out, const ForgeRelease *release) {
    g_autofree char *date = clock_date(release->published);
    g_string_append_printf(out, "<p class=\"meta\">%s · tag <code>", date);
    add_text(out, release->tag);
    g_string_append(out, "</code> · commit <code>");
    g_autofree char *commit = g_strndup(release->target, 12);
    add_text(out, commit);
    g_string_append(out, "</code></p>\n");
    if (release->state == FORGE_WITHDRAWN)
        g_string_append(out, "<p><strong class=\"withdrawn\">This release was withdrawn: do not use it.</strong></p>\n");
}

static void add_assets(GString *out, const ForgeRelease *release, const char *folder) {
    if (release->assets->len == 0)
        return;
    g_string_append(out, "<h3 class=\"assets\">Downloads</h3>\n<table>\n<tr><th>File</th><th>Size</th><th>SHA-256</th></tr>\n");
    for (guint i = 0; i < release->assets->len; i++) {
        const ForgeAsset *asset = release->assets->pdata[i];
        g_string_append_printf(out, "<tr><td><a href=\"%sassets/", folder);
        add_text(out, asset->name);
        g_string_append(out, "\">");
        add_text(out, asset->name);
        g_string_append(out, "</a></td><td class=\"size\">");
        add_size(out, asset->size);
        g_string_append(out, "</td><td><code>");
        add_text(out, asset->sha256);
        g_string_append(out, "</code></td></tr>\n");
    }
    g_string_append(out, "</table>\n");
}

/* One release with its notes; prefix is where its folder is seen from the page. */
static void add_release(GString *out, const ForgeRelease *release, bool latest, const char *prefix) {
    g_string_append(out, "<article>\n<div class=\"head\"><h2>");
    if (*prefix != '\0')
        g_string_append_printf(out, "<a href=\"%sindex.html\">", prefix);
    add_text(out, release->name);
    g_string_append(out, *prefix != '\0' ? "</a></h2>\n" : "</h2>\n");
    add_badges(out, release, latest);
    g_string_append(out, "</div>\n");
    add_meta(out, release);
    add_markdown(out, release->notes);
    add_assets(out, release, prefix);
    g_string_append(out, "</article>\n");
}

static void add_older(GString *out, const ForgeRelease *release, bool latest, const char *prefix) {
    g_autofree char *date = clock_date(release->published);
    g_string_append_printf(out, "<li><a href=\"%sindex.html\">", prefix);
    add_text(out, release->name);
    g_string_append_printf(out, "</a> <span class=\"meta\">%s</span>\n", date);
    add_badges(out, release, latest);
    g_string_append(out, "</li>\n");
}

char *forge_page_index(const char *title, GPtrArray *releases, const char *latest) {
    GString *out = g_string_new(NULL);
    add_head(out, title);
    g_string_append(out, "<h1>");
    add_text(out, title);
    g_string_append(out, "</h1>\n");
    if (releases->len == 0)
        g_string_append(out, "<p>No release yet.</p>\n");
    for (guint i = 0; i < releases->len; i++) {
        const ForgeRelease *release = releases->pdata[i];
        g_autofree char *folder = forge_page_folder(release->tag);
        g_autofree char *prefix = g_strconcat(folder, "/", NULL);
        bool is_latest = g_strcmp0(release->tag, latest) == 0;
        if (i == WITH_NOTES)
            g_string_append(out, "<h2>Older releases</h2>\n<ul class=\"older\">\n");
        if (i < WITH_NOTES)
            add_release(out, release, is_latest, prefix);
        else
            add_older(out, release, is_latest, prefix);
    }
    if (releases->len > WITH_NOTES)
        g_string_append(out, "</ul>\n");
    add_foot(out);
    return g_string_free(out, FALSE);
}

char *forge_page_release(const char *title, const ForgeRelease *release) {
    GString *out = g_string_new(NULL);
    add_head(out, release->name);
    g_string_append(out, "<p><a href=\"../index.html\">← ");
    add_text(out, title);
    g_string_append(out, "</a></p>\n");
    add_release(out, release, false, "");
    add_foot(out);
    return g_string_free(out, FALSE);
}
