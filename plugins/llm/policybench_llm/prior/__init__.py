"""What a language model's prior knowledge is worth: ``policybench prior-knowledge``.

``study`` checks what is asked for, ``arms`` are the runs that are compared, ``cost`` estimates them, ``values``
are the differences between them, ``text`` and ``figure`` show these, and ``command`` is what users type.
"""
