/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_EXPLAIN
#include "tc6.bpf.c"
