-- The expressions of the guide, one function for each column, to hold the view against. Where one raises, the guide's
-- view cannot be read at all; `raised` says so.
CREATE FUNCTION guide_student_id(user_id text, OUT raised boolean, OUT value uuid) LANGUAGE plpgsql AS $$
BEGIN
    raised := false;
    value := (CASE WHEN user_id ~* '^[0-9a-fA-F-]{36}$' THEN user_id::uuid
                   ELSE (substr(md5(user_id),1,8) || '-' || substr(md5(user_id),9,4) || '-' || substr(md5(user_id),13,4)
                         || '-' || substr(md5(user_id),17,4) || '-' || substr(md5(user_id),21,12))::uuid END);
EXCEPTION WHEN OTHERS THEN
    raised := true;
END $$;

CREATE FUNCTION guide_item_id(element jsonb, OUT raised boolean, OUT value bigint) LANGUAGE plpgsql AS $$
BEGIN
    raised := false;
    value := NULLIF(element->>'question_id','')::bigint;
EXCEPTION WHEN OTHERS THEN
    raised := true;
END $$;

CREATE FUNCTION guide_correct(element jsonb, OUT raised boolean, OUT value boolean) LANGUAGE plpgsql AS $$
BEGIN
    raised := false;
    value := COALESCE((element->>'is_correct')::boolean, (element->>'correct')::boolean, FALSE);
EXCEPTION WHEN OTHERS THEN
    raised := true;
END $$;

CREATE FUNCTION guide_response_time_ms(element jsonb, OUT raised boolean, OUT value integer) LANGUAGE plpgsql AS $$
BEGIN
    raised := false;
    value := COALESCE(ROUND((NULLIF(element->>'time_spent_sec','')::numeric) * 1000.0)::int, 0);
EXCEPTION WHEN OTHERS THEN
    raised := true;
END $$;

CREATE FUNCTION guide_hint_used(element jsonb, OUT raised boolean, OUT value boolean) LANGUAGE plpgsql AS $$
BEGIN
    raised := false;
    value := COALESCE((element->>'used_hints')::int, 0) > 0;
EXCEPTION WHEN OTHERS THEN
    raised := true;
END $$;

CREATE FUNCTION guide_started_at(element jsonb, completed_at timestamptz, OUT raised boolean, OUT value timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
    raised := false;
    value := completed_at
        - make_interval(secs => COALESCE(ROUND(NULLIF(element->>'time_spent_sec','')::numeric), 0)::int);
EXCEPTION WHEN OTHERS THEN
    raised := true;
END $$;
