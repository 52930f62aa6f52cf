// Functions that cannot be written in C++: they must leave no frame of their own behind.
//
// vfork: the child runs on the parent's stack and memory, thread-locals included. While it lives, a count per thread says
// so, and every hook in it leaves the ledger alone. The parent takes the count back when it resumes.
// syscall: most numbers go straight on with a jump. clone(CLONE_VM...) on the caller's own stack is a vfork and is done here.
// dlopen, dlmopen: noted, then a jump: they look at who called them (hooks/modules.cpp).
// lifeguard_beside, lifeguard_on_stack: see beside.h.

#include <asm/unistd.h>

    .text

    .globl  vfork
    .type   vfork, @function
    .globl  __vfork
    .set    __vfork, vfork
vfork:
    .cfi_startproc
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    call    lifeguard_before_vfork
    addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    movl    $__NR_vfork, %eax
vfork_with_number:
    movq    lifeguard_vfork_depth@gottpoff(%rip), %r9
    incl    %fs:(%r9)
    popq    %r9                         // the child will run over this stack slot
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %r9
    syscall
    pushq   %r9
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rip, 0
    testl   %eax, %eax
    jz      1f
    movq    lifeguard_vfork_depth@gottpoff(%rip), %r9
    decl    %fs:(%r9)
    movq    %rax, %rdi
    cmpq    $-4095, %rax
    jae     lifeguard_vfork_failed      // sets errno, returns -1 to our caller
    jmp     lifeguard_vforked           // notes the child in our place, returns its pid
1:  ret
    .cfi_endproc
    .size   vfork, .-vfork

    .globl  syscall
    .type   syscall, @function
syscall:
    .cfi_startproc
    cmpq    $__NR_vfork, %rdi
    je      vfork
    cmpq    $__NR_clone, %rdi
    je      2f
    cmpq    $__NR_clone3, %rdi
    je      3f
    cmpq    $512, %rdi
    jae     1f
    leaq    lifeguard_watched_calls(%rip), %rax
    cmpb    $0, (%rax,%rdi)
    jne     lifeguard_syscall           // same arguments, same return address: a C++ function in our place
1:  movq    lifeguard_next_syscall(%rip), %rax
    testq   %rax, %rax
    jz      lifeguard_syscall
    jmp     *%rax
2:  testq   %rdx, %rdx                  // a stack of its own: no frame of C++ may lie in between
    jnz     1b
    testq   $0x100, %rsi                // CLONE_VM
    jz      lifeguard_syscall           // a fork by another name
    movq    %rsi, %rdi
    movq    %rdx, %rsi
    movq    %rcx, %rdx
    movq    %r8, %r10
    movq    %r9, %r8
    movl    $__NR_clone, %eax
    jmp     vfork_with_number
3:  testq   %rsi, %rsi
    jz      1b
    cmpq    $0, 40(%rsi)                // the same, in its structure: the stack
    jne     1b
    testq   $0x100, (%rsi)              // and the flags
    jnz     1b
    jmp     lifeguard_syscall
    .cfi_endproc
    .size   syscall, .-syscall

.macro noted name, path
    .globl  \name
    .type   \name, @function
\name:
    .cfi_startproc
    pushq   %rdi
    .cfi_adjust_cfa_offset 8
    pushq   %rsi
    .cfi_adjust_cfa_offset 8
    pushq   %rdx
    .cfi_adjust_cfa_offset 8
    movq    \path, %rdi
    leaq    24(%rsp), %rsi              // where the return address lies
    movq    %rbp, %rdx
    call    lifeguard_before_\name      // gives the next definition
    popq    %rdx
    .cfi_adjust_cfa_offset -8
    popq    %rsi
    .cfi_adjust_cfa_offset -8
    popq    %rdi
    .cfi_adjust_cfa_offset -8
    jmp     *%rax
    .cfi_endproc
    .size   \name, .-\name
.endm
    noted   dlopen, %rdi
    noted   dlmopen, %rsi

    .globl  lifeguard_beside
    .hidden lifeguard_beside
    .type   lifeguard_beside, @function
lifeguard_beside:
    .cfi_startproc
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    movq    %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq   %rbx
    pushq   %r12
    andq    $-16, %rsp
    movq    %rdi, %rbx
    movq    %rsi, %r12
    movq    %rdx, %rsi                  // top of the helper's stack; 0: further down on this one
    movl    $0x4100, %edi               // CLONE_VM | CLONE_VFORK, no exit signal, not CLONE_FILES
    xorl    %edx, %edx
    xorl    %r10d, %r10d
    xorl    %r8d, %r8d
    movl    $__NR_clone, %eax
    syscall
    testl   %eax, %eax
    jnz     1f
    movq    %r12, %rdi
    call    *%rbx
    movl    %eax, %edi
    movl    $__NR_exit_group, %eax
    syscall
    hlt
1:  leaq    -16(%rbp), %rsp
    popq    %r12
    popq    %rbx
    popq    %rbp
    .cfi_def_cfa %rsp, 8
    ret
    .cfi_endproc
    .size   lifeguard_beside, .-lifeguard_beside

    .globl  lifeguard_on_stack
    .hidden lifeguard_on_stack
    .type   lifeguard_on_stack, @function
lifeguard_on_stack:
    .cfi_startproc
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    movq    %rsp, %rbp
    .cfi_def_cfa_register %rbp
    movq    %rdi, %rax
    movq    %rsi, %rdi
    movq    %rdx, %rsp
    call    *%rax
    movq    %rbp, %rsp
    popq    %rbp
    .cfi_def_cfa %rsp, 8
    ret
    .cfi_endproc
    .size   lifeguard_on_stack, .-lifeguard_on_stack

    .section .note.GNU-stack,"",@progbits
