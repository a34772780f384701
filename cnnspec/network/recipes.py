def elaborate_recipe(block, constants, train, data, diagnostics):
    return None, {}
