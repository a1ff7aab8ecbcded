/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs for TC as they explain a packet, see explain/explain.h. They are run by user space and attached nowhere. */
#define WEIR_EXPLAIN
#include "tc.bpf.c"
