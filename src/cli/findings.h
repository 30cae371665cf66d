/* What checks find, as the forges' machines want it: a line for each in their own form. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *path;
    guint line, column; /* from 1; 0: not known */
    const char *code, *what;
    bool warning;
} Annotation;

/* Where a workflow of GitHub's (or Gitea's) runs, its command for annotations; elsewhere nothing. */
void findings_annotate(const Annotation *annotation);
