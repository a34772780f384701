"""Specs that the tests of the Python interface share."""

NET = """network Net(classes=10, width=4) {
    input 1x8x8
    conv width, kernel=3 -> 4x6x6
    relu
    flatten
    linear classes
}
"""
BAD = """network Bad {
    input 1x8x8
    conv 4, kernl=3
    flatten
    linear 10
    foo
}
"""
TINY = """network Tiny {
    input 1x8x8
    flatten
    linear 10
}

train {
    data digits
    optimizer sgd, lr=0.1
    epochs 1
}
"""
NESTED = """network Nested {
    input 1x8x8
    conv 2, kernel=3
    stem: conv 4, kernel=3
    relu
    body: {
        batchnorm
        inner: {
            conv 4, kernel=1
            mixer: conv 4, kernel=1
            conv 4, kernel=1
        }
        relu
        {
            conv 4, kernel=1
            { batchnorm }
        }
    }
    {
        conv 4, kernel=1
        flatten
    }
    head: linear 10
}
"""
