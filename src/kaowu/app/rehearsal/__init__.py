"""The rehearsal of the software (联调演练): a node of its own with invented people, under the load of an exam day.

    scene      what is to be there before: two nodes, an exam, people, sheets; made by a process of its own
    nodes      the two nodes at work, as `kaowu run` starts them, and the cable between them
    doors      the ways in that terminals and browsers have
    crowd      who comes: gates, people with packets, score clerks, a scanner; what each was acknowledged
    reckoning  what lies on both disks afterwards, read with SQL and CBOR alone
    rehearse   all of it in order

Nothing here opens the node that it is started on: other data folders, other keys, other processes.
"""
