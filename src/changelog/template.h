/* Mustache templates (mustache.github.io, spec 1.1 without partials), by libkainjow-mustache; a C++ header, so this one file is C++. Pure.
 *
 * Values stand in the text as they are: what is put in is Markdown already. For every member x of an object that is text or a list there is also has_x:
 * true when it is not empty. */
#pragma once

#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

/* The text, or NULL with *problem saying what is wrong in the template and where. Both g_free. */
char *template_render(const char *text, const json_t *values, char **problem);

G_END_DECLS
