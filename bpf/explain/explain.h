/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs compiled once more, so that they explain: WEIR_EXPLAIN is defined (explain.bpf.c). They read the director's tables and
 * leave them as they are. Whatever they would have changed of one is a copy of their own, and what only counts is not counted; they
 * write down what they decide. In the programs that forward nothing of this is left.
 */
#ifndef WEIR_EXPLAIN_H
#define WEIR_EXPLAIN_H

#include "../maps.h"

#if defined(WEIR_EXPLAIN)
#define EXPLAINS 1
#include "copies.h"
#include "steps.h"
#else
#define EXPLAINS 0
#include "silent.h"
#endif

#endif
