#include "docs/web_cache.h"

#include "base/fs.h"

#include <string.h>

#define LIMIT (32u << 20)

json_t *docs_web_cache_read(const char *path) {
    g_autoptr(GBytes) bytes = path != NULL && fs_exists(path) ? fs_read(path, LIMIT, NULL) : NULL;
    g_autoptr(json_t) document = bytes != NULL ? jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), LIMIT, path, NULL) : NULL;
    json_t *fine = jsonx_int(document, "schema", 0) == 1 ? json_object_get(document, "fine") : NULL;
    return json_is_object(fine) ? json_incref(fine) : json_object();
}

bool docs_web_cache_has(const json_t *cache, const char *url, gint64 since) {
    return jsonx_int(cache, url, 0) >= MAX(since, 1);
}

bool docs_web_cache_write(const char *path, const json_t *cache, gint64 since, GError **error) {
    g_autoptr(json_t) document = json_pack("{s: i, s: {}}", "schema", 1, "fine");
    json_t *fine = json_object_get(document, "fine");
    g_autofree char *folder = g_path_get_dirname(path);
    const char *url;
    json_t *when;
    json_object_foreach((json_t *)cache, url, when) {
        if (json_integer_value(when) >= since)
            json_object_set(fine, url, when);
    }
    g_autofree char *text = jsonx_canonical(document);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    return fs_make_dirs(folder, 0777, error) && fs_write(path, bytes, 0644, error);
}
